/** The project's sources as the TypeScript parser reads them: what each file imports, and whether as types only. */
import { fileURLToPath } from 'node:url';
import {
  isCallExpression,
  isExportDeclaration,
  isExternalModuleReference,
  isIdentifier,
  isImportDeclaration,
  isImportEqualsDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isStringLiteralLikeNode,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API, type APIOptions } from 'typescript/unstable/sync';

/** From `dist/test/structure`, where this file is when it runs. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))
  .replace(/\/$/, '')
  .replaceAll('\\', '/');

export interface Import {
  /** A package or builtin as written; a file of the project as its path from the root. */
  readonly of: string;
  readonly relative: boolean;
  readonly typeOnly: boolean;
}

export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
}

function parsed(folder: string, options: APIOptions, configs: readonly string[] = ['tsconfig.json']): readonly Source[] {
  const api = new API(options);
  try {
    const projects = api.updateSnapshot({ openProjects: configs.map((config) => `${folder}/${config}`) }).getProjects();
    const sources = new Map<string, Source>();
    for (const { program } of projects) {
      for (const name of program.getSourceFileNames()) {
        if (!name.startsWith(`${folder}/`) || name.includes('/node_modules/')) continue;
        const file = program.getSourceFile(name);
        const path = name.slice(folder.length + 1);
        // The page's project holds what it names types of as well.
        if (file !== undefined && !sources.has(path)) sources.set(path, { path, imports: importsOf(file, path) });
      }
    }
    return [...sources.values()];
  } finally {
    api.close();
  }
}

/** All sources that the build compiles, and the page's, which it bundles. */
export function readSources(): readonly Source[] {
  return parsed(root, { cwd: root }, ['tsconfig.json', 'web/tsconfig.json']);
}

/** Sources that stand nowhere: what a check must refuse, by path. */
export function plantedSources(files: Readonly<Record<string, string>>): readonly Source[] {
  const placed = Object.entries(files).map(([path, text]) => [`/planted/${path}`, text]);
  const config = JSON.stringify({ compilerOptions: { noLib: true, types: [], module: 'nodenext' }, files: Object.keys(files) });
  const fs = createVirtualFileSystem({ '/planted/tsconfig.json': config, ...Object.fromEntries(placed) });
  return parsed('/planted', { cwd: '/planted', fs });
}

function importsOf(file: Node, path: string): readonly Import[] {
  const imports: Import[] = [];
  const visit = (node: Node): undefined => {
    const found = importOf(node);
    if (found !== undefined) imports.push(resolved(path, found.specifier, found.typeOnly));
    node.forEachChild(visit);
  };
  visit(file);
  return imports;
}

interface Found {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function importOf(node: Node): Found | undefined {
  if (isImportDeclaration(node)) {
    const { importClause: clause } = node;
    const named = clause?.namedBindings;
    const onlyTypes =
      clause?.phaseModifier === SyntaxKind.TypeKeyword ||
      (clause !== undefined &&
        clause.name === undefined &&
        named !== undefined &&
        isNamedImports(named) &&
        named.elements.length > 0 &&
        named.elements.every(({ isTypeOnly }) => isTypeOnly));
    return found(node.moduleSpecifier, onlyTypes);
  }
  if (isExportDeclaration(node)) {
    const { exportClause: clause } = node;
    const onlyTypes =
      node.isTypeOnly ||
      (clause !== undefined &&
        isNamedExports(clause) &&
        clause.elements.length > 0 &&
        clause.elements.every(({ isTypeOnly }) => isTypeOnly));
    return found(node.moduleSpecifier, onlyTypes);
  }
  if (isImportEqualsDeclaration(node) && isExternalModuleReference(node.moduleReference)) {
    return found(node.moduleReference.expression, node.isTypeOnly);
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) return found(node.argument.literal, true);
  if (isCallExpression(node) && loads(node.expression)) return found(node.arguments[0], false);
  return undefined;
}

/** `import(…)`, `require(…)` under whatever name, and `createRequire(…)(…)`. */
function loads(callee: Node): boolean {
  if (callee.kind === SyntaxKind.ImportKeyword) return true;
  if (isIdentifier(callee)) return /^require/i.test(callee.text);
  return isCallExpression(callee) && isIdentifier(callee.expression) && callee.expression.text === 'createRequire';
}

function found(specifier: Node | undefined, typeOnly: boolean): Found | undefined {
  return specifier !== undefined && isStringLiteralLikeNode(specifier) ? { specifier: specifier.text, typeOnly } : undefined;
}

function resolved(from: string, specifier: string, typeOnly: boolean): Import {
  if (!specifier.startsWith('.')) return { of: specifier, relative: false, typeOnly };
  const url = new URL(specifier, `file:///${from}`);
  return { of: url.pathname.slice(1).replace(/\.js$/, '.ts'), relative: true, typeOnly };
}
