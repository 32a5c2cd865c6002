import { Module } from '@nestjs/common';
import { PaymentProvider } from './payment-provider.js';
import { ProviderConditions } from './provider-conditions.js';

@Module({ providers: [PaymentProvider, ProviderConditions], exports: [PaymentProvider] })
export class PaymentsModule {}
