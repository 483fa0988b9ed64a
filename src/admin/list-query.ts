export { cursorIn, isLive, one, pagesAround, searchIn, suggestionIn } from '../web/list-address.ts';
