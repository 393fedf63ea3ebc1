/**
 * Which values are never printed. A key whose name holds one of these words is shown as `******`.
 *
 * Flink: GlobalConfiguration.isSensitive.
 */
const SENSITIVE_WORDS: readonly string[] = [
  'password',
  'secret',
  'fs.azure.account.key',
  'apikey',
  'auth-params',
  'service-key',
  'token',
  'basic-auth',
  'jaas.config',
  'http-headers',
];

export const HIDDEN_CONTENT = '******';

export function isSensitiveKey(key: string): boolean {
  const lowerCased = key.toLowerCase();
  return SENSITIVE_WORDS.some((word) => lowerCased.includes(word));
}

/** The text of a value, without the passwords of URLs: `jdbc:x://user:******@host`. */
export function withoutUrlSecrets(text: string): string {
  return text
    .replace(/(\/\/[^\s/?#@:]*):[^\s/?#]*@/g, `$1:${HIDDEN_CONTENT}@`)
    .replace(
      /([?&;][\w.-]*(?:password|secret|token|apikey)=)[^\s&;#,"']*/gi,
      `$1${HIDDEN_CONTENT}`,
    );
}

/** A value as a message may show it. */
export function shownValue(key: string, raw: unknown): string {
  if (isSensitiveKey(key)) {
    return HIDDEN_CONTENT;
  }
  return withoutUrlSecrets(
    typeof raw === 'bigint' ? String(raw) : (JSON.stringify(raw) ?? String(raw)),
  );
}
