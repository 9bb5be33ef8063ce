import { expect, test } from 'vitest';

import { createPublicAddressCheck, createSandboxAddressCheck } from './public-address.ts';

const isPublic = createPublicAddressCheck();

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true);
});

test.each([
  ['this network', '0.0.0.0'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['Alibaba metadata', '100.100.100.200'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['link-local, metadata', '169.254.169.254'],
  ['Oracle metadata', '192.0.0.192'],
  ['Azure metadata', '168.63.129.16'],
  ['documentation', '192.0.2.1'],
  ['documentation', '198.51.100.1'],
  ['documentation', '203.0.113.1'],
  ['6to4 relay', '192.88.99.1'],
  ['benchmarking', '198.19.255.255'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['mapped loopback', '::ffff:127.0.0.1'],
  ['mapped private in hex', '::ffff:a00:1'],
  ['mapped public, which nobody needs', '::ffff:8.8.8.8'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['NAT64 local', '64:ff9b:1::1'],
  ['discard', '100::1'],
  ['Teredo', '2001:0:4136:e378::1'],
  ['ORCHID', '2001:20::1'],
  ['documentation', '2001:db8::1'],
  ['documentation', '3fff::1'],
  ['6to4', '2002:7f00:1::1'],
  ['unique local', 'fd00:ec2::254'],
  ['link-local', 'fe80::1'],
  ['link-local with zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['a name', 'localhost'],
  ['nothing', ''],
  ['IPv4 in octal', '0177.0.0.1'],
])('%s (%s) is not public', (_what, address) => {
  expect(isPublic(address)).toBe(false);
});

const inSandbox = createSandboxAddressCheck({ host: '192.168.7.7' });

test.each([
  ['loopback', '127.0.0.1'],
  ['all of loopback', '127.255.255.254'],
  ['loopback', '::1'],
  ['the address of the hub itself', '192.168.7.7'],
  ['public', '1.1.1.1'],
])('in the sandbox %s (%s) may be reached', (_what, address) => {
  expect(inSandbox(address)).toBe(true);
});

test.each([
  ['a private neighbour', '192.168.7.8'],
  ['private', '10.0.0.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['link-local, metadata', '169.254.169.254'],
  ['metadata over IPv6', 'fd00:ec2::254'],
  ['this network', '0.0.0.0'],
  ['unspecified', '::'],
  ['mapped loopback', '::ffff:127.0.0.1'],
  ['mapped loopback in hex', '::ffff:7f00:1'],
  ['mapped metadata', '::ffff:a9fe:a9fe'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['link-local', 'fe80::1'],
  ['a name', 'localhost'],
])('in the sandbox %s (%s) stays out of reach', (_what, address) => {
  expect(inSandbox(address)).toBe(false);
});
