import QRCode from 'qrcode';

/** Ways to share a secret link, for the view `parts/share`. Never stored. */
export type ShareOptions = Readonly<{
  url: string;
  title: string;
  text: string;
  /** A QR code as a data URL. */
  qrCodeUrl: string;
  mailUrl: string;
  smsUrl: string;
}>;

/** `title` becomes the subject of a mail; `text` introduces the link. */
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
