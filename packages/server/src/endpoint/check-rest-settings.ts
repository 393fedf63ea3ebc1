/** Told where the job is started, not by the first request. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import {
  ConfigError,
  type ConfigOption,
  type Configuration,
  errorMessage,
  RestOptions,
  SecurityOptions,
} from '@millrace/core';

const {
  SSL_REST_ENABLED,
  SSL_REST_CERTIFICATE,
  SSL_REST_PRIVATE_KEY,
  SSL_REST_AUTHENTICATION_ENABLED,
  SSL_REST_TRUSTED_CERTIFICATES,
} = SecurityOptions;

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function checkRestSettings(configuration: Configuration): void {
  const prefix = configuration.get(RestOptions.URL_PREFIX);
  if (!/^\/([\w.~-]+\/)*$/.test(prefix)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${RestOptions.URL_PREFIX.key} is '${prefix}'; it begins and ends with a slash, such as '/flink/'`,
    );
  }
  const token = configuration.get(RestOptions.AUTH_TOKEN);
  if (token !== undefined && !/^\S+$/.test(token)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${RestOptions.AUTH_TOKEN.key} is empty or holds a blank, which no request can send; use letters and digits`,
    );
  }
  if (configuration.get(SSL_REST_ENABLED)) {
    const cert = contentOf(configuration, SSL_REST_CERTIFICATE, SSL_REST_ENABLED);
    const key = contentOf(configuration, SSL_REST_PRIVATE_KEY, SSL_REST_ENABLED);
    checkPem([SSL_REST_CERTIFICATE], { cert });
    checkPem([SSL_REST_PRIVATE_KEY], { key });
    checkPem([SSL_REST_CERTIFICATE, SSL_REST_PRIVATE_KEY], { cert, key });
    if (configuration.get(SSL_REST_AUTHENTICATION_ENABLED)) {
      const needing = SSL_REST_AUTHENTICATION_ENABLED;
      const ca = contentOf(configuration, SSL_REST_TRUSTED_CERTIFICATES, needing);
      checkPem([SSL_REST_TRUSTED_CERTIFICATES], { ca });
    }
  }
}

/** What TLS would refuse at the first connection, or when the endpoint listens. */
function checkPem(
  options: readonly ConfigOption<string | undefined>[],
  content: Readonly<Record<string, Buffer>>,
): void {
  try {
    createSecureContext(content);
  } catch (cause) {
    const keys = options.map(({ key }) => key).join(' and ');
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `TLS cannot use what is in ${keys}: ${errorMessage(cause)}; give PEM files that belong together`,
      { cause },
    );
  }
}

function contentOf(
  configuration: Configuration,
  option: ConfigOption<string | undefined>,
  needing: ConfigOption<boolean>,
): Buffer {
  const path = configuration.get(option);
  if (path === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${needing.key} needs ${option.key}: the path of a PEM file`,
    );
  }
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${option.key} is '${path}', which cannot be read: ${errorMessage(cause)}`,
      { cause },
    );
  }
}
