import jsQR from 'jsqr';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { nbuQrSvg, qrPng, qrSvg } from '../../kernel/runtime/qr-image.ts';
import type { NbuQrRequest } from '../../protocol/nbu-qr/format.ts';
import { writeNbuQr } from '../../protocol/nbu-qr/write-nbu-qr.ts';

/** The package's types describe an ES module, which it is not. */
const decode = jsQR as unknown as typeof jsQR.default;

const REQUEST: NbuQrRequest = {
  version: '003',
  function: 'XCT',
  name: 'Книгарня «Сова»',
  account: 'UA761372924114433543273694797',
  amountMinor: 57_645n,
  receiverCode: '32855961',
  purpose: 'Книга',
  reference: '',
  display: '',
  categoryPurpose: '',
  uniqueRecipientId: '',
  locked: null,
  validUntil: null,
  createdAt: null,
  signature: '',
};

/** What a decoder of somebody else sees in the picture. */
async function scan(picture: string | Buffer, pixels = 600) {
  const image = sharp(typeof picture === 'string' ? Buffer.from(picture) : picture, { density: 300 });
  const { data, info } = await image.resize(pixels, pixels).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return decode(new Uint8ClampedArray(data), info.width, info.height);
}

describe('the picture of an NBU code', () => {
  const short = { ...REQUEST };
  const long = {
    ...REQUEST,
    name: 'Товариство з обмеженою відповідальністю '.repeat(2).trim(),
    purpose: 'п'.repeat(150),
    display: 'д'.repeat(20),
  };

  it.each([
    ['the shortest of 003', short, 10],
    ['a long one of 003', long, 20],
    ['002', { ...short, version: '002', function: 'UCT' } as const, 10],
    ['001', { ...short, version: '001', function: 'UCT' } as const, 10],
  ])('can be read with the mark in it: %s', async (_, request, sizeMax) => {
    const code = writeNbuQr(request);
    if (!code.ok) throw new Error(JSON.stringify(code.failure));
    const svg = nbuQrSvg(code.value);
    const seen = await scan(svg, 900);
    expect(seen?.data).toBe(code.value);
    expect(seen?.version).toBeGreaterThanOrEqual(10);
    expect(seen?.version).toBeLessThanOrEqual(Math.max(sizeMax, 13));
    expect(svg).toContain('<circle');
  });

  it('has the sign where the middle is, not modules', async () => {
    const code = writeNbuQr(short);
    if (!code.ok) throw new Error(JSON.stringify(code.failure));
    const { data, info } = await sharp(Buffer.from(nbuQrSvg(code.value)), { density: 300 })
      .resize(900, 900)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number => data[(y * info.width + x) * info.channels] ?? 0;
    expect(at(450 - 30, 441)).toBeLessThan(60); // The upper bar,
    expect(at(450 + 30, 459)).toBeLessThan(60); // the lower one,
    expect(at(450 - 30, 450)).toBeGreaterThan(200); // and nothing between them.
    for (const [x, y] of [
      [-55, 0],
      [55, 0],
      [0, -60],
      [0, 60],
    ] as const)
      expect(at(450 + x, 450 + y)).toBeGreaterThan(200);
  });

  it('is refused when the text is longer than any such picture holds', () => {
    expect(() => nbuQrSvg('x'.repeat(2_000))).toThrow('do not fit');
    expect(() => nbuQrSvg('x'.repeat(5_000))).toThrow('do not fit');
  });
});

it('the picture of an order’s address can be read, as SVG and as PNG', async () => {
  const address = 'https://pay.example/api/v1/merchants/order?id=01a210c7-312e-7280-8c18-af0b1b09db6c&mobile=0';
  expect((await scan(await qrSvg(address)))?.data).toBe(address);
  expect((await scan(await qrPng(address)))?.data).toBe(address);
});
