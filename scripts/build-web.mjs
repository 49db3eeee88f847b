// Bundles the page (web/) into a folder: scripts and style under names that tell their content, so that browsers may keep
// them for good, each beside itself compressed. esbuild is asked for when there is something to build, so that a checkout
// without packages can still load this file.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

function named(file, content) {
  const [stem, extension] = basename(file).split('.');
  return `${stem}-${createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase()}.${extension}`;
}

async function bundle(root, assets) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: [join(root, 'web', 'main.tsx')],
    outdir: assets,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
  });
  const [script, { cssBundle }] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === 'web/main.tsx');
  return { script: basename(script), style: basename(cssBundle) };
}

function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) compress(file);
    else {
      const content = readFileSync(file);
      writeFileSync(`${file}.br`, brotliCompressSync(content));
      writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
    }
  }
}

export async function buildWeb(root, folder) {
  const assets = join(folder, 'assets');
  mkdirSync(assets, { recursive: true });
  const icon = readFileSync(join(root, 'web', 'icon.svg'));
  const names = { ...(await bundle(root, assets)), icon: named('icon.svg', icon) };
  writeFileSync(join(assets, names.icon), icon);
  const html = readFileSync(join(root, 'web', 'index.html'), 'utf8').replace(/\{(\w+)\}/g, (_, name) => names[name]);
  writeFileSync(join(folder, 'index.html'), html);
  compress(folder);
}
