/**
 * Bundles the web UI into `dist`: `index.html`, and hashed files and the licences of what is bundled
 * in `dist/assets`. Plain JavaScript, as set-up runs it.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, 'dist');
const CLIENT = join(HERE, '..', 'rest-client');
const MARK = join(DIST, '.bundled');
const TARGETS = ['chrome123', 'firefox120', 'safari17.5']; // The first that know light-dark().

/**
 * Brings `dist` in step with the sources.
 *
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function bundleWebUi() {
  const wanted = sourcesHash();
  if (existsSync(MARK) && readFileSync(MARK, 'utf8') === wanted) {
    return false;
  }
  const worker = await bundle('src/graph/layout-worker.ts', 'layout', {});
  const [{ path: workerPath } = { path: '' }] = worker.outputFiles;
  const page = await bundle('src/main.tsx', 'ui', {
    LAYOUT_WORKER: JSON.stringify(`./${basename(workerPath)}`),
  });
  const inputs = [worker, page].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  publish([...worker.outputFiles, ...page.outputFiles], licensesOf(inputs));
  writeFileSync(MARK, wanted);
  return true;
}

/**
 * @param {string} entry
 * @param {string} name
 * @param {Record<string, string>} define
 */
async function bundle(entry, name, define) {
  const { build } = await import('esbuild');
  return await build({
    absWorkingDir: HERE,
    entryPoints: [entry],
    outdir: join(DIST, 'assets'),
    entryNames: `${name}-[hash]`,
    define,
    alias: { '@millrace/rest-client': join(CLIENT, 'src', 'index.ts') },
    bundle: true,
    format: 'esm',
    target: TARGETS,
    minify: true,
    legalComments: 'none', // Whole licences stand in licenses.txt.
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
}

/**
 * New files first, then the page that names them, then the old ones go: whoever loads the page
 * meanwhile gets one version of it.
 *
 * @param {readonly import('esbuild').OutputFile[]} files
 * @param {string} licenses
 */
function publish(files, licenses) {
  const assets = join(DIST, 'assets');
  mkdirSync(assets, { recursive: true });
  const names = files.map(({ path }) => basename(path));
  files.forEach(({ contents }, index) => {
    writeFileSync(join(assets, names[index] ?? ''), contents);
  });
  writeFileSync(join(assets, 'licenses.txt'), licenses);
  const page = readFileSync(join(HERE, 'src', 'index.html'), 'utf8')
    .replace('ui.css', names.find((name) => name.endsWith('.css')) ?? '')
    .replace('ui.js', names.find((name) => /^ui-.*\.js$/.test(name)) ?? '');
  writeFileSync(join(DIST, 'index.html.new'), page);
  renameSync(join(DIST, 'index.html.new'), join(DIST, 'index.html'));
  for (const name of readdirSync(assets)) {
    if (!names.includes(name) && name !== 'licenses.txt') {
      rmSync(join(assets, name));
    }
  }
}

/** @param {readonly string[]} inputs */
function licensesOf(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (found !== undefined) {
      packages.add(found);
    }
  }
  const texts = [...packages].sort().map((name) => {
    const folder = join(HERE, '..', '..', 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) {
      throw new Error(`${name} comes without a licence text; it cannot be bundled`);
    }
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** Of all that goes in: our sources, this file, and the versions of what is bundled. */
function sourcesHash() {
  const hash = createHash('sha256');
  const require = createRequire(import.meta.url);
  const names = [
    ...Object.keys(manifestOf(HERE).devDependencies),
    ...Object.keys(manifestOf(CLIENT).dependencies),
  ];
  for (const name of names.filter((each) => !each.startsWith('@millrace/'))) {
    const entry = require.resolve(name);
    const end = entry.lastIndexOf(join('node_modules', ...name.split('/')) + sep);
    const folder = join(entry.slice(0, end), 'node_modules', name);
    hash.update(readFileSync(join(folder, 'package.json')));
  }
  for (const path of [join(HERE, 'bundle.mjs'), ...sourcesOf(HERE), ...sourcesOf(CLIENT)]) {
    hash.update(relative(HERE, path)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} folder */
function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** @param {string} folder */
function sourcesOf(folder) {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(tsx?|css|html)$/.test(path) && !/\.test\.tsx?$/.test(path))
    .sort()
    .map((path) => join(folder, 'src', path));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundleWebUi();
}
