import { generateKeyPairSync } from 'node:crypto';
import { chmod, readFile, readdir, stat } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { publicRsaJwkSchema } from '../../protocol/participant-key.ts';
import { vectorJwk } from '../../protocol/vectors/vector-keys.ts';
import { aWorkbench, type Workbench } from './terminal-under-test.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await aWorkbench();
});
afterAll(() => bench.remove());

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const;
const bankJwk = { ...vectorJwk('bank') };
const SECRETS = PRIVATE_MEMBERS.map((name) => bankJwk[name]);

describe('dcm keys new', () => {
  test('writes a private key that only its owner may read, and prints the public half alone', async () => {
    const umask = process.umask(0);
    const file = bench.path('new.key.json');
    const ran = await bench.dcm(['keys', 'new', '--out', file]).finally(() => process.umask(umask));
    expect(ran.code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    const printed = JSON.parse(ran.out) as Record<string, string>;
    expect(publicRsaJwkSchema.safeParse(printed).success).toBe(true);
    expect(printed).toEqual({ kty: 'RSA', n: kept['n'], e: 'AQAB', kid: kept['kid'], alg: 'RS256', use: 'sig' });
    for (const name of PRIVATE_MEMBERS) expect(ran.out + ran.notes).not.toContain(kept[name]);
  });

  test('never replaces a file without being asked to', async () => {
    const file = await bench.file('precious.key.json', 'the only copy');
    const refused = await bench.dcm(['keys', 'new', '--out', file]);
    expect(refused).toMatchObject({ code: 3, out: '' });
    expect(refused.notes).toContain('left alone');
    expect(await readFile(file, 'utf8')).toBe('the only copy');
    const forced = await bench.dcm(['keys', 'new', '--out', file, '--force']);
    expect(forced.code).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ kty: 'RSA' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(bench.folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('takes a kid, a use and a length', async () => {
    const file = bench.path('named.key.json');
    const ran = await bench.dcm(['keys', 'new', '--out', file, '--use', 'encrypt', '--kid', 'bank-a-enc-2', '--bits', '3072']);
    expect(JSON.parse(ran.out)).toMatchObject({ kid: 'bank-a-enc-2', use: 'enc', alg: 'RSA-OAEP-256' });
    const shown = await bench.dcm(['keys', 'show', file]);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/use: +encrypt/);
    expect(shown.out).toMatch(/bits: +3072/);
    expect(shown.out).toMatch(/holds: +both halves/);
  });

  test.each([
    [['--use', 'both'], '--use is sign or encrypt'],
    [['--bits', '1024'], '--bits is 2048'],
    [['--kid', 'a kid'], '--kid has 1 to 128'],
    [['--out'], 'argument missing'],
    [['more'], 'one too many'],
  ])('%j is a mistake of the command line', async (args, note) => {
    const ran = await bench.dcm(['keys', 'new', ...args]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.notes).toContain(note);
  });
});

describe('a key file', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = { type: 'pkcs8', format: 'pem' } as const;

  test('may be a PEM, private or public, and gives the same JWK', async () => {
    const secret = await bench.file('bank.pem', privateKey.export(pem));
    const old = await bench.file('old.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const open = await bench.file('bank.pub.pem', publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
    const printed = await Promise.all(
      [secret, old, open].map((file) => bench.dcm(['keys', 'jwk', file, '--kid', 'bank-1', '--use', 'encrypt'])),
    );
    const { n, e } = publicKey.export({ format: 'jwk' });
    for (const { out } of printed) expect(JSON.parse(out)).toEqual({ kty: 'RSA', kid: 'bank-1', use: 'enc', alg: 'RSA-OAEP-256', n, e });
  });

  test('gives the PEM of its public half, as openssl prints it, whatever it is itself', async () => {
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const jwk = await bench.file('pem.key.json', { ...privateKey.export({ format: 'jwk' }), kid: 'bank-1' });
    for (const file of [jwk, await bench.file('again.pem', privateKey.export(pem))]) {
      const { code, out, notes } = await bench.dcm(['keys', 'pem', file]);
      expect([code, out.trimEnd()]).toEqual([0, spki.trimEnd()]);
      expect(notes).toContain('The kid is');
    }
  });

  test('gives its thumbprint as kid when it names none', async () => {
    const { kid: _, ...nameless } = bankJwk;
    const file = await bench.file('nameless.key.json', nameless);
    const shown = await bench.dcm(['keys', 'show', file]);
    const [, thumbprint] = /thumbprint: (\S+)/.exec(shown.out) ?? [];
    expect(JSON.parse((await bench.dcm(['keys', 'jwk', file])).out)).toMatchObject({ kid: thumbprint });
  });

  test('several make the set that a participant hosts', async () => {
    const files = [await bench.file('a.key.json', bankJwk), await bench.file('b.key.json', vectorJwk('receiver'))];
    const { out } = await bench.dcm(['keys', 'jwk', '--set', ...files]);
    expect(JSON.parse(out)).toMatchObject({
      keys: [
        { kid: 'bank-a-sign-1', use: 'sig' },
        { kid: 'bank-b-encrypt-1', use: 'enc' },
      ],
    });
    expect(await bench.dcm(['keys', 'jwk', ...files])).toMatchObject({ code: 2, out: '' });
    expect(await bench.dcm(['keys', 'jwk', '--set', '--kid', 'k', ...files])).toMatchObject({ code: 2, out: '' });
  });

  test('that others may read is refused while it holds a private half', async () => {
    for (const content of [bankJwk, privateKey.export(pem).toString()]) {
      const file = await bench.file('shared', content);
      await chmod(file, 0o640);
      const ran = await bench.dcm(['keys', 'show', file]);
      expect(ran.code).toBe(3);
      expect(ran.notes).toContain(`chmod 600 ${file}`);
    }
    const { kty, n, e } = bankJwk;
    expect((await bench.dcm(['keys', 'show', await bench.file('public.jwk.json', { kty, n, e }, 0o644)])).code).toBe(0);
  });

  test('whose halves do not belong together is found out', async () => {
    const { n, e } = vectorJwk('merchant');
    const file = await bench.file('mixed.key.json', { ...bankJwk, n, e });
    const ran = await bench.dcm(['keys', 'show', file]);
    expect(ran.code).toBe(3);
    expect(ran.notes).toContain('do not belong together');
  });

  const locked = { ...pem, cipher: 'aes-256-cbc', passphrase: 'secret' };
  const { d: _, ...withoutD } = bankJwk;
  test.each<[string, unknown, string]>([
    ['that is not there', undefined, 'dcm keys new --out'],
    ['of text', 'key', 'neither an RSA key as JWK nor a PEM'],
    ['of JSON with a member twice', '{"kty":"RSA","kty":"RSA"}', 'neither an RSA key'],
    ['of an elliptic curve', generateKeyPairSync('ed25519').privateKey.export(pem), 'of the type ed25519'],
    ['that is too short', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pem), '2048 to 4096 bits'],
    ['that is locked', privateKey.export(locked), 'unlock it first'],
    ['that is damaged', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'cannot be read'],
    ['without its primes', { kty: 'RSA', n: bankJwk.n, e: bankJwk.e, d: bankJwk.d }, 'incomplete'],
    ['with an empty kid', { ...withoutD, kid: '' }, 'neither an RSA key'],
  ])('%s is a problem that says what to do, and quotes nothing secret', async (name, content, note) => {
    const file = content === undefined ? bench.path('missing') : await bench.file(`bad-${name.replaceAll(/\W/g, '-')}`, content);
    for (const args of [
      ['keys', 'show'],
      ['keys', 'jwk'],
    ]) {
      const ran = await bench.dcm([...args, file]);
      expect(ran).toMatchObject({ code: 3, out: '' });
      expect(ran.notes).toContain(note);
      for (const secret of SECRETS) expect(ran.notes).not.toContain(secret);
    }
  });
});

describe('dcm itself', () => {
  test.each([[[]], [['--help']], [['help']], [['-h']]])('%j lists the commands and the exit codes', async (args) => {
    const ran = await bench.dcm(args);
    expect(ran.code).toBe(0);
    for (const word of ['keys new', 'verify', 'post', 'listen', 'Exit codes']) expect(ran.out).toContain(word);
  });

  test.each([
    'keys new',
    'keys show',
    'keys jwk',
    'keys pem',
    'sign',
    'verify',
    'get',
    'post',
    'message',
    'pay',
    'receipt',
    'listen',
    'open',
  ])('dcm %s --help says how it is called', async (name) => {
    const ran = await bench.dcm([...name.split(' '), '--help']);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(`Usage: dcm ${name}`);
  });

  test('dcm keys lists its own commands', async () => {
    expect((await bench.dcm(['keys', '--help'])).out).not.toContain('listen');
  });

  test.each([['fly'], ['keys'], ['keys destroy']])('dcm %s is no command', async (line) => {
    const ran = await bench.dcm(line.split(' '));
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.notes).toContain('dcm --help');
  });

  test('an option that does not exist is named', async () => {
    const ran = await bench.dcm(['sign', '--kye', 'a']);
    expect(ran.code).toBe(2);
    expect(ran.notes).toContain('--kye');
  });
});
