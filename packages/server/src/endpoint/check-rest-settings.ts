/** Told where the job is started, not by the first request. */
import { accessSync, constants } from 'node:fs';
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
    checkFile(configuration, SSL_REST_CERTIFICATE, SSL_REST_ENABLED);
    checkFile(configuration, SSL_REST_PRIVATE_KEY, SSL_REST_ENABLED);
    if (configuration.get(SSL_REST_AUTHENTICATION_ENABLED)) {
      checkFile(configuration, SSL_REST_TRUSTED_CERTIFICATES, SSL_REST_AUTHENTICATION_ENABLED);
    }
  }
}

function checkFile(
  configuration: Configuration,
  option: ConfigOption<string | undefined>,
  needing: ConfigOption<boolean>,
): void {
  const path = configuration.get(option);
  if (path === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${needing.key} needs ${option.key}: the path of a PEM file`,
    );
  }
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${option.key} is '${path}', which cannot be read: ${errorMessage(cause)}`,
      { cause },
    );
  }
}
