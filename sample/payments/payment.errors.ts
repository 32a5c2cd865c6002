import { HttpException, HttpStatus, ServiceUnavailableException } from '@nestjs/common';

export class CardRefused extends HttpException {
  constructor() {
    super('The card was refused', HttpStatus.PAYMENT_REQUIRED);
  }
}

export class ProviderUnavailable extends ServiceUnavailableException {
  constructor() {
    super('The payment provider does not answer');
  }
}
