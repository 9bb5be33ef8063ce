import { describe, expect, test } from 'vitest';

import { ConfigurationError } from '../kernel/runtime/config.ts';
import { readCoreConfig } from './config.ts';

const DATABASE_URL = 'postgres://hub@127.0.0.1:5432/hub';

describe('the configuration of the core', () => {
  test('needs a database and nothing else', () => {
    expect(readCoreConfig({ DATABASE_URL })).toMatchObject({ gatewayPort: 4000, sandbox: false, remote: {}, operations: null });
  });

  test('knows which subgraphs run elsewhere', () => {
    const { remote } = readCoreConfig({ DATABASE_URL, PAYMENTS_URL: 'http://10.0.0.7:4010/', ORDERS_URL: '' });
    expect(remote).toEqual({ payments: 'http://10.0.0.7:4010' });
  });

  test('names every variable that is wrong at once', () => {
    const problems = () => readCoreConfig({ GATEWAY_PORT: '70000', ORDERS_URL: 'orders', SANDBOX: 'yes' });
    expect(problems).toThrow(ConfigurationError);
    for (const variable of ['DATABASE_URL', 'GATEWAY_PORT', 'ORDERS_URL', 'SANDBOX']) expect(problems).toThrow(variable);
  });

  test('holds browser keys to the documents of the hub, and to those of a folder; in the sandbox to none', () => {
    const documentsOf = (more: Record<string, string>) => readCoreConfig({ DATABASE_URL, ...more }).browserDocuments;
    expect(documentsOf({})).toEqual({ folder: null });
    expect(documentsOf({ BROWSER_DOCUMENTS: '/etc/hub/documents' })).toEqual({ folder: '/etc/hub/documents' });
    expect(documentsOf({ BROWSER_DOCUMENTS: 'any' })).toBe('any');
    expect(documentsOf({ SANDBOX: 'on' })).toBe('any');
    expect(documentsOf({ SANDBOX: 'on', BROWSER_DOCUMENTS: '/etc/hub/documents' })).toEqual({ folder: '/etc/hub/documents' });
  });

  test('sends mail when it has a server and a sender, and names neither in an error', () => {
    expect(readCoreConfig({ DATABASE_URL }).mail).toMatchObject({ smtpUrl: null, linkBase: null, brandName: 'DCM Hub' });
    const mail = { SMTP_URL: 'smtps://hub:secret@mail.example', MAIL_FROM: 'hub@hub.example', MAIL_LINK_BASE: 'https://console.example/' };
    expect(readCoreConfig({ DATABASE_URL, ...mail }).mail).toMatchObject({ from: 'hub@hub.example', linkBase: 'https://console.example' });
    const without = () => readCoreConfig({ DATABASE_URL, SMTP_URL: mail.SMTP_URL });
    expect(without).toThrow('MAIL_FROM');
    expect(without).not.toThrow('secret');
    const wrong = () => readCoreConfig({ DATABASE_URL, SMTP_URL: 'http://mail.example', MAIL_FROM: 'hub', MAIL_LINK_BASE: 'console' });
    for (const variable of ['SMTP_URL', 'MAIL_FROM', 'MAIL_LINK_BASE']) expect(wrong).toThrow(variable);
  });

  test('takes the issuer of operations tokens whole or not at all', () => {
    expect(() => readCoreConfig({ DATABASE_URL, OPS_ISSUER: 'https://staff.example' })).toThrow(/OPS_AUDIENCE[^]*OPS_JWKS_URL/);
    const whole = { OPS_ISSUER: 'https://staff.example', OPS_AUDIENCE: 'hub', OPS_JWKS_URL: 'file:///run/ops/jwks.json' };
    expect(readCoreConfig({ DATABASE_URL, ...whole }).operations).toMatchObject({ audience: 'hub' });
  });
});
