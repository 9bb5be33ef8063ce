import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * True for an address of the public internet: not loopback, private, link-local (with the metadata services of clouds), carrier-grade
 * NAT, multicast, reserved or documentation space, and not an IPv6 form that carries such an IPv4 address inside
 * (IANA special-purpose address registries). Anything that is not an IP address is not public.
 */
export function createPublicAddressCheck(): (address: string) => boolean {
  const refused4 = new BlockList();
  for (const [network, prefix] of SPECIAL_IPV4) refused4.addSubnet(network, prefix, 'ipv4');
  const global6 = new BlockList();
  global6.addSubnet('2000::', 3, 'ipv6');
  const refused6 = new BlockList();
  for (const [network, prefix] of SPECIAL_IPV6) refused6.addSubnet(network, prefix, 'ipv6');

  return (address) => {
    if (isIPv4(address)) return !refused4.check(address, 'ipv4');
    // Everything outside 2000::/3 is refused as a whole: loopback, mapped, NAT64, unique local, link-local, multicast.
    return isIPv6(address) && global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6');
  };
}

/**
 * The same for a hub that plays everybody on one machine: loopback as well, and the one address that this hub listens on itself.
 * Private networks and the metadata services of clouds stay out of reach: whoever may register in a sandbox gets no further than it.
 */
export function createSandboxAddressCheck({ host }: { readonly host: string }): (address: string) => boolean {
  const isPublic = createPublicAddressCheck();
  const loopback4 = new BlockList();
  loopback4.addSubnet('127.0.0.0', 8, 'ipv4');
  // A list of its own, because BlockList applies IPv4 rules to mapped addresses (::ffff:127.0.0.1), which nobody needs.
  const loopback6 = new BlockList();
  loopback6.addAddress('::1', 'ipv6');
  return (address) => {
    if (isPublic(address) || address === host) return true;
    return isIPv4(address) ? loopback4.check(address, 'ipv4') : isIPv6(address) && loopback6.check(address, 'ipv6');
  };
}

const SPECIAL_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure's metadata service lives on a public address.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

const SPECIAL_IPV6 = [
  ['2001::', 23], // Teredo, ORCHID, benchmarking and other protocol assignments.
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 carries an IPv4 address.
  ['3fff::', 20],
] as const;
