/**
 * TLS of the REST endpoint. The switches are Flink's; Flink reads Java key stores, so the keys of the
 * PEM files are ours alone.
 *
 * Flink: SecurityOptions.
 */
import type { ConfigOption } from './config-option.ts';
import { boolOption, stringOption } from './option-builders.ts';

export const SSL_REST_ENABLED: ConfigOption<boolean> = boolOption({
  key: 'security.ssl.rest.enabled',
  defaultValue: false,
  description:
    'Whether the REST endpoint speaks HTTPS; needs `security.ssl.rest.certificate` and `security.ssl.rest.private-key`.',
});

export const SSL_REST_AUTHENTICATION_ENABLED: ConfigOption<boolean> = boolOption({
  key: 'security.ssl.rest.authentication-enabled',
  defaultValue: false,
  description:
    'Whether clients of the REST endpoint must show a certificate; needs `security.ssl.rest.trusted-certificates`.',
});

export const SSL_REST_CERTIFICATE: ConfigOption<string | undefined> = stringOption({
  key: 'security.ssl.rest.certificate',
  description: 'PEM file with the certificate chain of the REST endpoint; ours alone.',
});

export const SSL_REST_PRIVATE_KEY: ConfigOption<string | undefined> = stringOption({
  key: 'security.ssl.rest.private-key',
  description: 'PEM file with the private key of that certificate; ours alone.',
});

export const SSL_REST_TRUSTED_CERTIFICATES: ConfigOption<string | undefined> = stringOption({
  key: 'security.ssl.rest.trusted-certificates',
  description: 'PEM file with the authorities whose certificates clients must have; ours alone.',
});

export const SSL_REST_KEY_PASSWORD: ConfigOption<string | undefined> = stringOption({
  key: 'security.ssl.rest.key-password',
  description: 'Password of the private key, if it has one.',
});
