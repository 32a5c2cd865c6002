import { spawnSync } from 'node:child_process';

/** Runs checks one after the other, prints what a failed one said, and keeps count. */
export function createSteps() {
  let passed = 0;
  let failed = 0;

  function report(name, problem, since) {
    const seconds = ((Date.now() - since) / 1000).toFixed(1);
    if (problem === undefined) passed += 1;
    else failed += 1;
    console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (problem !== undefined) console.log(problem.replace(/^/gm, '    '));
  }

  return {
    /** Runs a command; gives its standard output, or `undefined` where it failed. */
    step(name, command, args, cwd) {
      const since = Date.now();
      const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 300_000,
        maxBuffer: 1 << 26,
        env: cleanEnvironment(),
      });
      const failure = `${error?.message ?? `ended with ${signal ?? status}`}\n${stdout}${stderr}`.trimEnd();
      report(name, status === 0 ? undefined : failure, since);
      return status === 0 ? stdout : undefined;
    },

    /** `problems` gives a list that must be empty. */
    check(name, problems) {
      const since = Date.now();
      const found = problems();
      report(name, found.length === 0 ? undefined : found.join('\n'), since);
    },

    counts: () => ({ passed, failed }),
  };
}

/** What `npm run` sets for this package must not reach the npm of the apps. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|NODE_PATH$)/i.test(name)),
  );
}
