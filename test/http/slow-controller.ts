import { Controller, Get, Param } from '@nestjs/common';

/** What lets the requests go on that wait, in the order they came. */
export const release: (() => void)[] = [];

/** Answers at once, or when the test says so. */
@Controller()
export class SlowController {
  @Get('quick/:id')
  quick(@Param('id') id: string): string {
    return id;
  }

  @Get('slow/:id')
  async slow(@Param('id') id: string): Promise<string> {
    await new Promise<void>((resolve) => release.push(resolve));
    return id;
  }
}
