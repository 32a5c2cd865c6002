import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A TypeScript block of a document, with what the reader does not see around it. */
export interface Snippet {
  readonly document: string;
  /** Of its first line in the document. */
  readonly line: number;
  /** Imports and definitions that go before it: `<!-- with … -->`. */
  readonly before: string;
  readonly code: string;
  /** What must hold after it: `<!-- check … -->`. */
  readonly check: string | undefined;
  /** `<!-- compile only -->`: it needs more than one process. */
  readonly compileOnly: boolean;
}

const BLOCK =
  /(?:<!-- with\n(?<before>[^]*?)-->\s*)?(?<compileOnly><!-- compile only -->\s*)?```(?:ts|typescript|js|javascript)\n(?<code>[^]*?)\n```(?:\s*<!-- check\n(?<check>[^]*?)-->)?/g;

/** Their snippets need other processes or servers: they have tests of their own, and are compiled here. */
const COMPILE_ONLY = ['docs/cluster.md', 'docs/push.md', 'docs/performance.md'];

/** What a line of configuration is read with. */
const MODULE = `import { MetricsModule } from 'nestjs-prometheus-exporter';`;

/** README.md and what lies in docs/. */
export function documents(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

export function snippetsOf(document: string): Snippet[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(BLOCK)].map((match) => {
    const { code = '', check, compileOnly } = match.groups ?? {};
    const before = match.groups?.['before'] ?? (code.includes('import ') ? '' : MODULE);
    const start = match.index + match[0].indexOf('```');
    const line = text.slice(0, start).split('\n').length + 1;
    return {
      document,
      line,
      before,
      code,
      check,
      compileOnly: compileOnly !== undefined || COMPILE_ONLY.includes(document),
    };
  });
}

/** What the compiler finds fault with, each with the line that it is about. */
export function typeErrorsOf(snippets: readonly Snippet[]): string[] {
  const folder = join(ROOT, 'test/readme');
  const sources = new Map(
    snippets.map((snippet, index) => [join(folder, `snippet-${index}.ts`), typedSource(snippet)]),
  );
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    { noUnusedLocals: false, noUnusedParameters: false, verbatimModuleSyntax: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  const options = config?.options ?? {};
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const source = sources.get(path);
    return source === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, source, languageVersion);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap((path, index) => {
    const file = program.getSourceFile(path);
    const { document, line } = snippets[index] as Snippet;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ start = 0, messageText }) => {
        const at = file?.text.slice(0, start).split('\n').length ?? 1;
        const about = file?.text.split('\n')[at - 1] ?? '';
        return `${document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')} (${about.trim()})`;
      },
    );
  });
}

const AsyncFunction = (async () => undefined).constructor as new (
  ...parametersAndBody: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs a snippet and its check, with the check's helpers in scope. */
export async function run(snippet: Snippet, helpers: Record<string, unknown>): Promise<void> {
  const { outputText } = ts.transpileModule(sourceOf(snippet), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      esModuleInterop: true,
    },
  });
  const modules = new Map<string, unknown>();
  for (const [, name = ''] of outputText.matchAll(/\brequire\("([^"]+)"\)/g)) {
    modules.set(name, await import(name));
  }
  const names = Object.keys(helpers);
  const execute = new AsyncFunction('require', 'exports', ...names, outputText);
  await execute((name: string) => modules.get(name), {}, ...Object.values(helpers));
}

function sourceOf({ before, code, check = '' }: Snippet): string {
  return [before, code, check].join('\n');
}

function typedSource(snippet: Snippet): string {
  return [
    sourceOf(snippet),
    `declare const serve: typeof import('./serve.js').serve;`,
    `declare const expect: typeof import('@jest/globals').expect;`,
    'export {};',
  ].join('\n');
}

/** Links of a document to files of this repository that are not there. */
export function brokenLinksOf(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)/g)]
    .map(([, path = '']) => path)
    .filter(
      (path) =>
        !ts.sys.fileExists(join(ROOT, dirname(document), path)) &&
        !ts.sys.directoryExists(join(ROOT, dirname(document), path)),
    );
}
