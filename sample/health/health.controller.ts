import { Controller, Get } from '@nestjs/common';
import { DoNotTrack } from 'nestjs-prometheus-exporter';

/** A load balancer asks every few seconds: that would drown what customers do. */
@DoNotTrack()
@Controller('health')
export class HealthController {
  @Get()
  check(): { status: string } {
    return { status: 'ok' };
  }
}
