// Makes the package of the modules that `nest build` compiles: ESM and CommonJS, a few files each. To find, read and
// link two hundred files would cost every start of an app more than all that the library does then.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';

const modules = 'dist/modules';
/** Stands for prom-client in the package, and loads less of it than its index does; with the file that does so. */
const standIn = 'prom-client.cjs';
const standInFiles = [standIn, 'prom-client-files.cjs'];

/** The compiler's declarations; the package itself is "type": "module", and dist/cjs needs to be told that it is not. */
const beside = {
  name: 'beside-the-code',
  renderStart: ({ dir }) => rmSync(dir, { recursive: true, force: true }),
  generateBundle({ format }) {
    for (const fileName of readdirSync(modules, { recursive: true })) {
      if (fileName.endsWith('.d.ts')) {
        this.emitFile({
          type: 'asset',
          fileName: fileName.replaceAll('\\', '/'),
          source: readFileSync(`${modules}/${fileName}`),
        });
      }
    }
    for (const fileName of standInFiles) {
      this.emitFile({ type: 'asset', fileName, source: readFileSync(`src/${fileName}`) });
    }
    if (format === 'cjs') {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{"type":"commonjs"}\n' });
    }
  },
};

const promClient = {
  name: 'prom-client',
  resolveId: (source) =>
    source === 'prom-client' ? { id: resolve(modules, standIn), external: 'relative' } : null,
};

const output = {
  chunkFileNames: 'shared.js',
  plugins: [beside],
  generatedCode: 'es2015',
  esModule: true,
  hoistTransitiveImports: false,
};

export default {
  plugins: [promClient],
  input: { index: `${modules}/index.js`, 'cluster/index': `${modules}/cluster/index.js` },
  external: (id) => !id.startsWith('.') && !isAbsolute(id) && id !== 'prom-client',
  // TypeScript's helpers look for themselves on `this`, which no module has.
  onLog: (level, log, handle) => handle(log.code === 'THIS_IS_UNDEFINED' ? 'debug' : level, log),
  output: [
    { ...output, dir: 'dist/esm', format: 'es' },
    { ...output, dir: 'dist/cjs', format: 'cjs' },
  ],
};
