// The staff's pages: live searches, previews and progress by htmx attributes in the views. Without it they are plain
// forms and links. Its settings stand in the page's head, as it reads them before anything here could run.
import 'htmx.org';
import './choose-rows.js';
import './take-over.js';

// On a phone the row of places is longer than the screen: it begins where one is.
document
  .querySelector('.staff-navigation [aria-current]')
  ?.scrollIntoView({ block: 'nearest', inline: 'center' });
