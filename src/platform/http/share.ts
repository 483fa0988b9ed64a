import QRCode from 'qrcode';

/** The ways to hand a secret link on: what `parts/share` shows. Made anew for the one page, kept nowhere. */
export type ShareOptions = Readonly<{
  url: string;
  title: string;
  text: string;
  /** A QR code, as the address of a picture. */
  qrCodeUrl: string;
  mailUrl: string;
  smsUrl: string;
}>;

/** `title` stands above a mail; `text` says what the link is, and the link follows it. */
export async function createShareOptions(url: string, title: string, text: string): Promise<ShareOptions> {
  const svg = await QRCode.toString(url, { type: 'svg', margin: 3, errorCorrectionLevel: 'M' });
  const body = `${text}\n\n${url}\n`;
  return {
    url,
    title,
    text,
    qrCodeUrl: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
    mailUrl: `mailto:?subject=${encodeURIComponent(title)}&body=${encodeURIComponent(body.replaceAll('\n', '\r\n'))}`,
    smsUrl: `sms:?&body=${encodeURIComponent(`${text} ${url}`)}`,
  };
}
