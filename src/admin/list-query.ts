export { cursorIn, isLive, one, pagesAround, searchIn } from '../web/list-address.ts';
