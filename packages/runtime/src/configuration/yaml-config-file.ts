/**
 * Reads `config.yaml`: YAML 1.2, nested maps joined with dots, flat keys equally fine.
 *
 * - Values keep the type that YAML gives them; an empty value leaves its key unset.
 * - Bad syntax and duplicate keys are errors with file and line. No line is quoted in them, as it
 *   may hold a secret.
 *
 * Flink: YamlParserUtils.loadYamlFile, GlobalConfiguration.flatten.
 */
import { ConfigError, Configuration, type RawConfigValue } from '@millrace/core';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

interface YamlFile {
  readonly configuration: Configuration;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly fileName: string;
}

/** @throws ConfigError `CONFIG_FILE_UNREADABLE` */
export function parseYamlConfig(text: string, fileName: string): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: false, // Pretty ones quote the line.
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    throw unreadable(`${fileName}:${lines.linePos(error.pos[0]).line}`, error.message);
  }
  const file = {
    configuration: new Configuration(),
    document: document as Document,
    lines,
    fileName,
  };
  const root: unknown = document.contents;
  if (isMap(root)) {
    flatten(file, root, '');
  } else if (root !== null && !(isScalar(root) && root.value === null)) {
    throw unreadable(`${fileName}:1`, 'the file is not a map of keys to values');
  }
  return file.configuration;
}

/** The value of a dynamic property: lists and maps in YAML's flow form, anything else as text. */
export function parseFlowValue(text: string): RawConfigValue {
  const trimmed = text.trim();
  if (!/^\[.*\]$|^\{.*\}$/s.test(trimmed)) {
    return text;
  }
  const document = parseDocument(trimmed, { version: '1.2', schema: 'core', prettyErrors: false });
  return document.errors.length === 0 ? document.toJS() : text;
}

function flatten(file: YamlFile, map: unknown, prefix: string): void {
  if (!isMap(map)) {
    return;
  }
  for (const { key, value } of map.items) {
    const name = `${prefix}${isScalar(key) ? (key.source ?? String(key.value)) : String(key)}`;
    const node = isAlias(value) ? value.resolve(file.document) : value;
    if (isMap(node)) {
      flatten(file, node, `${name}.`);
    } else {
      const offset = (key as { range?: [number, number, number] }).range?.[0] ?? 0;
      setValue(file, name, node, `${file.fileName}:${file.lines.linePos(offset).line}`);
    }
  }
}

function setValue(file: YamlFile, name: string, node: unknown, origin: string): void {
  if (isSeq(node)) {
    file.configuration.setRaw(name, node.toJS(file.document), origin);
  } else if (isScalar(node) && node.value !== null) {
    file.configuration.setRaw(name, exactValue(node.value, node.source), origin);
  }
}

/** A number that JavaScript would round stays as it was written. */
function exactValue(value: unknown, source: string | undefined): RawConfigValue {
  const rounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return rounded && source !== undefined ? source : value;
}

function unreadable(where: string, why: string): ConfigError {
  return new ConfigError(
    'CONFIG_FILE_UNREADABLE',
    `${where} cannot be read: ${why}; correct the file`,
  );
}
