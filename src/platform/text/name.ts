import { collapseSpaces, hasVisibleCharacter, toSingleLine } from './text.ts';

// Joiners form letters of Indic and Arabic scripts, and emoji. Anywhere else they are only invisible.
const FORMAT_EXCEPT_JOINERS =
  /(?<![\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{Extended_Pictographic}])|(?![\u200c\u200d])\p{Cf}/gu;
const TITLES = /(?<!\p{L})(dr|prof|st|mr|mrs|ms|mx|rev|fr|sr|jr|ph|md|mohd|smt|shri|sri)\./giu;
const DOT = '[.。．｡․]';
// `bit.ly/3xWin`, `evil-site.example` and `EVIL.EXAMPLE`, but not `K.Ramesh` or `José y/o María`.
const WEB_ADDRESS = new RegExp(
  [
    String.raw`:\/\/|www${DOT}`,
    String.raw`[\p{L}\p{N}]${DOT}[\p{L}\p{N}-]{2,}[/\\]`,
    String.raw`[\p{L}\p{N}][\p{L}\p{N}-]*[\p{L}\p{N}]${DOT}\p{Ll}{2}`,
    String.raw`[\p{Lu}\p{N}][\p{Lu}\p{N}-]*[\p{Lu}\p{N}]${DOT}\p{Lu}{2}`,
  ].join('|'),
  'u',
);

/** Why a name is refused. Mail programs would turn addresses into links. */
export type NameFault = 'webAddress' | 'emailAddress' | 'angleBracket';

/** Normalises a person's name: one line, single spaces, NFC, and nothing invisible except joiners where scripts need them. */
export function normaliseName(typed: string): string {
  const name = collapseSpaces(toSingleLine(typed.replace(FORMAT_EXCEPT_JOINERS, '')));
  return hasVisibleCharacter(name) ? name : '';
}

/** Checks a name from `normaliseName`. */
export function findNameFault(name: string): NameFault | null {
  if (/\S[@＠]\S/u.test(name)) return 'emailAddress';
  if (WEB_ADDRESS.test(name.replaceAll(TITLES, ' '))) return 'webAddress';
  return /[<>]/.test(name) ? 'angleBracket' : null;
}
