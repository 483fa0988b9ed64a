import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/platform/config/config.ts';

/** A real picture, 1200 × 630 pixels. */
export const previewPicture = readFileSync(join(projectRoot, 'public/images/preview.png'));

/** The beginning of a PNG file: enough to recognise its format and size. */
export function pngOf(width: number, height: number): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([head, size, Buffer.from('0806000000', 'hex')]);
}

/** The beginning of a JPEG file. */
export function jpegOf(width: number, height: number): Buffer {
  const frame = Buffer.from('ffc00011080000000003012200021101031101', 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const start = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
  return Buffer.concat([start, frame, Buffer.alloc(16)]);
}

/** The beginning of a WebP file without transparency. */
export function webpOf(width: number, height: number): Buffer {
  const file = Buffer.alloc(40);
  file.write('RIFF', 0);
  file.writeUInt32LE(32, 4);
  file.write('WEBPVP8 ', 8);
  file.writeUInt32LE(20, 16);
  Buffer.from('9d012a', 'hex').copy(file, 23);
  file.writeUInt16LE(width, 26);
  file.writeUInt16LE(height, 28);
  return file;
}
