import { describe, expect, it } from 'vitest';
import { addressKey, AddressLimiter } from './address-limiter.ts';

const START = 1_800_000_000_000;
const RATE = { perSecond: 1, burst: 2 };

describe('the limit of an address', () => {
  it('is each address’s own', () => {
    const limiter = new AddressLimiter(RATE);
    expect(['a', 'a', 'a', 'b', 'b'].map((address) => limiter.admit(address, START) === 0)).toEqual([true, true, false, true, true]);
  });

  it('does not count what turned out to be signed', () => {
    const limiter = new AddressLimiter(RATE);
    for (let request = 0; request < 1000; request++) {
      expect(limiter.admit('bank', START)).toBe(0);
      limiter.giveBack('bank');
    }
  });

  it('remembers a bounded number of addresses, however many come', () => {
    const limiter = new AddressLimiter(RATE, 100);
    for (let i = 0; i < 10_000; i++) {
      limiter.admit(`10.0.${i >> 8}.${i & 255}`, START);
      expect(limiter.size).toBeLessThanOrEqual(100);
    }
  });

  it('forgets the one that was quiet longest, never the one that floods', () => {
    const limiter = new AddressLimiter(RATE, 10);
    for (let i = 0; i < 1000; i++) {
      limiter.admit('flood', START);
      limiter.admit(`other ${i}`, START);
    }
    expect(limiter.admit('flood', START)).toBeGreaterThan(0);
  });

  it('forgets all that are full again when it has to make room', () => {
    const limiter = new AddressLimiter(RATE, 10);
    for (let i = 0; i < 10; i++) limiter.admit(`early ${i}`, START);
    limiter.admit('late', START + 60_000);
    expect(limiter.size).toBe(1);
  });
});

describe('what counts as one address', () => {
  it.for([
    [null, 'unknown'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
  ] as const)('%s is %s', ([address, key]) => {
    expect(addressKey(address)).toBe(key);
  });
});
