import QRCode from 'qrcode';

/** Medium correction: a phone reads it from a scratched screen, and the address still fits a small code. */
const OPTIONS = { errorCorrectionLevel: 'M', margin: 4 } as const;
const PNG_PIXELS_PER_MODULE = 8;

/** A QR code as an SVG document. */
export async function qrSvg(text: string): Promise<string> {
  return await QRCode.toString(text, { ...OPTIONS, type: 'svg' });
}

/** A QR code as a PNG of about 400 pixels a side. */
export async function qrPng(text: string): Promise<Buffer> {
  return await QRCode.toBuffer(text, { ...OPTIONS, type: 'png', scale: PNG_PIXELS_PER_MODULE });
}
