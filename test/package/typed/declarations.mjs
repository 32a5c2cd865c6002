// The library's own declarations must hold without `skipLibCheck`, and with no types of Express or Fastify
// installed. Other packages' declarations may fail: they are not ours.
import { spawnSync } from 'node:child_process';

const { stdout, status } = spawnSync('node_modules/.bin/tsc', ['--noEmit', '--skipLibCheck', 'false'], {
  encoding: 'utf8',
});
if (status !== 0 && !/error TS/.test(stdout)) throw new Error(`tsc said nothing of use: ${stdout}`);
const ours = stdout.split('\n').filter((line) => line.startsWith('node_modules/nestjs-prometheus-exporter/'));
console.log(ours.join('\n'));
process.exitCode = ours.length === 0 ? 0 : 1;
