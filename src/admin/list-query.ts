export {
  cursorIn,
  isLive,
  one,
  pagesAround,
  searchIn,
  suggestionIn,
  type Typed,
} from '../web/list-address.ts';
