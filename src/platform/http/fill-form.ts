import { type CheerioAPI, load } from 'cheerio';

/** Names and values of a form in the order in which a browser sends them. Names may repeat. */
export type FormFields = readonly (readonly [name: string, value: string])[];

const HIDDEN_SELECTOR = '[type="hidden"]';
const CONTROL_SELECTOR = 'input[name], textarea[name], select[name]';

/**
 * Fills in the form of a page that posts to `action`. Values are set in the parsed DOM, so user input can't become markup.
 * @returns the page's HTML, or null if no form has controls for all of `fields`
 */
export function fillForm(html: string, action: string, fields: FormFields): string | null {
  // Hidden fields distinguish forms, so they must match first. If no form matches, a hidden field may contain state of the
  // page, such as a timestamp, and is overwritten. Not in forms that are only a button: its meaning may have changed.
  return (
    fillFirstMatch(html, action, fields, ($, form) => $(form).find(CONTROL_SELECTOR).not(HIDDEN_SELECTOR)) ??
    fillFirstMatch(html, action, fields, ($, form) => {
      const controls = $(form).find(CONTROL_SELECTOR);
      return controls.is(`:not(${HIDDEN_SELECTOR})`) ? controls : $([]);
    })
  );
}

function fillFirstMatch(
  html: string,
  action: string,
  fields: FormFields,
  selectControls: ($: CheerioAPI, form: Element) => Selection,
): string | null {
  const count = findForms(action, load(html)).length;
  for (let index = 0; index < count; index += 1) {
    // Parse again, because the previous attempt may have partly filled in a form.
    const $ = load(html);
    const form = $(findForms(action, $)[index]);
    fillControls(selectControls($, form), fields, $);
    if (!containsFields(form, fields, $)) continue;
    form.find('details').attr('open', '');
    // HTML parsers drop a leading line break in these elements.
    for (const element of $('textarea, pre').get()) $(element).prepend('\n');
    return $.html();
  }
  return null;
}

type Element = NonNullable<Parameters<CheerioAPI>[0]>;
type Selection = ReturnType<CheerioAPI>;

function findForms(action: string, $: CheerioAPI): Element[] {
  const targetsAction = (element: Element, attribute: string) => $(element).attr(attribute) === action;
  return $('form[method="post"]')
    .get()
    .filter(
      (form) =>
        targetsAction(form, 'action') ||
        $(form)
          .find('[formaction]')
          .get()
          .some((button) => targetsAction(button, 'formaction')),
    );
}

function fillControls(controls: Selection, fields: FormFields, $: CheerioAPI): void {
  const remaining = [...fields];
  const isTyped = (name: string, value: string) =>
    fields.some(([typedName, typed]) => typedName === name && typed === value);
  const toggleAttribute = (control: Selection, attribute: string, isOn: boolean) =>
    isOn ? control.attr(attribute, '') : control.removeAttr(attribute);

  for (const element of controls.get()) {
    const control = $(element);
    const name = control.attr('name') ?? '';
    if (control.is('[type="checkbox"], [type="radio"]')) {
      toggleAttribute(control, 'checked', isTyped(name, control.attr('value') ?? 'on'));
    } else if (control.is('select')) {
      for (const option of control.find('option').get())
        toggleAttribute($(option), 'selected', isTyped(name, $(option).attr('value') ?? $(option).text()));
    } else {
      const next = remaining.findIndex(([typedName]) => typedName === name);
      if (next < 0) continue;
      const typed = remaining.splice(next, 1)[0]?.[1] ?? '';
      if (control.is('textarea')) control.text(typed);
      else control.attr('value', typed);
    }
  }
}

function containsFields(form: Selection, fields: FormFields, $: CheerioAPI): boolean {
  const buttons = form.find('button[name]').get();
  const formValues = [
    ...form.serializeArray(),
    ...buttons.map((button) => ({ name: $(button).attr('name'), value: $(button).attr('value') ?? '' })),
  ];
  return fields.every(([name, value]) => {
    const index = formValues.findIndex(
      (entry) => entry.name === name && normaliseLineBreaks(entry.value) === normaliseLineBreaks(value),
    );
    if (index >= 0) formValues.splice(index, 1);
    return index >= 0;
  });
}

const normaliseLineBreaks = (text: string) => text.replaceAll('\r\n', '\n');
