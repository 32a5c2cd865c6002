// Makes the package of the modules that `nest build` compiles: ESM and CommonJS, a few files each. To find, read and
// link two hundred files would cost every start of an app more than all that the library does then.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { isAbsolute } from 'node:path';

const modules = 'dist/modules';

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
    if (format === 'cjs') {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{"type":"commonjs"}\n' });
    }
  },
};

const output = {
  chunkFileNames: 'shared.js',
  plugins: [beside],
  generatedCode: 'es2015',
  esModule: true,
  hoistTransitiveImports: false,
};

export default {
  input: { index: `${modules}/index.js`, 'cluster/index': `${modules}/cluster/index.js` },
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  // TypeScript's helpers look for themselves on `this`, which no module has.
  onLog: (level, log, handle) => handle(log.code === 'THIS_IS_UNDEFINED' ? 'debug' : level, log),
  output: [
    { ...output, dir: 'dist/esm', format: 'es' },
    { ...output, dir: 'dist/cjs', format: 'cjs' },
  ],
};
