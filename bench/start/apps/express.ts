import { ExpressAdapter } from '@nestjs/platform-express';
import { startApp } from '../start-app.js';

await startApp(new ExpressAdapter());
