import { type CheerioAPI, load } from 'cheerio';

/** What was typed: names and values in the order in which a browser sends them. A name may come several times. */
export type TypedFields = readonly (readonly [name: string, value: string])[];

const HIDDEN = '[type="hidden"]';
const CONTROLS = 'input[name], textarea[name], select[name]';

/**
 * Fills in the form of a page that is sent to `action`. Values are set in the parsed page, so nothing typed becomes markup.
 * @returns the page, or null when it has no form that holds all of `fields`
 */
export function fillForm(html: string, action: string, fields: TypedFields): string | null {
  // A hidden field tells forms apart. Only if none has the right ones is it what the form was opened with, the time of the
  // record for one; and never in a form that is but a button, whose label may say something else by now.
  return (
    fillFirst(html, action, fields, ($, form) => $(form).find(CONTROLS).not(HIDDEN)) ??
    fillFirst(html, action, fields, ($, form) => {
      const controls = $(form).find(CONTROLS);
      return controls.is(`:not(${HIDDEN})`) ? controls : $([]);
    })
  );
}

function fillFirst(
  html: string,
  action: string,
  fields: TypedFields,
  controlsOf: ($: CheerioAPI, form: Element) => Found,
): string | null {
  const count = formsFor(action, load(html)).length;
  for (let index = 0; index < count; index += 1) {
    // Parsed anew, as an earlier form may have been filled in part.
    const $ = load(html);
    const form = $(formsFor(action, $)[index]);
    fillIn(controlsOf($, form), fields, $);
    if (!holds(form, fields, $)) continue;
    form.find('details').attr('open', '');
    // The parser drops a line break at the beginning of these, as the HTML standard says.
    for (const element of $('textarea, pre').get()) $(element).prepend('\n');
    return $.html();
  }
  return null;
}

type Element = NonNullable<Parameters<CheerioAPI>[0]>;
type Found = ReturnType<CheerioAPI>;

function formsFor(action: string, $: CheerioAPI): Element[] {
  const leadsThere = (element: Element, attribute: string) => $(element).attr(attribute) === action;
  return $('form[method="post"]')
    .get()
    .filter(
      (form) =>
        leadsThere(form, 'action') ||
        $(form)
          .find('[formaction]')
          .get()
          .some((button) => leadsThere(button, 'formaction')),
    );
}

function fillIn(controls: Found, fields: TypedFields, $: CheerioAPI): void {
  const waiting = [...fields];
  const isTyped = (name: string, value: string) =>
    fields.some(([typedName, typed]) => typedName === name && typed === value);
  const mark = (control: Found, attribute: string, isOn: boolean) =>
    isOn ? control.attr(attribute, '') : control.removeAttr(attribute);

  for (const element of controls.get()) {
    const control = $(element);
    const name = control.attr('name') ?? '';
    if (control.is('[type="checkbox"], [type="radio"]')) {
      mark(control, 'checked', isTyped(name, control.attr('value') ?? 'on'));
    } else if (control.is('select')) {
      for (const option of control.find('option').get())
        mark($(option), 'selected', isTyped(name, $(option).attr('value') ?? $(option).text()));
    } else {
      const next = waiting.findIndex(([typedName]) => typedName === name);
      if (next < 0) continue;
      const typed = waiting.splice(next, 1)[0]?.[1] ?? '';
      if (control.is('textarea')) control.text(typed);
      else control.attr('value', typed);
    }
  }
}

function holds(form: Found, fields: TypedFields, $: CheerioAPI): boolean {
  const buttons = form.find('button[name]').get();
  const held = [
    ...form.serializeArray(),
    ...buttons.map((button) => ({ name: $(button).attr('name'), value: $(button).attr('value') ?? '' })),
  ];
  return fields.every(([name, value]) => {
    const place = held.findIndex((one) => one.name === name && lines(one.value) === lines(value));
    if (place >= 0) held.splice(place, 1);
    return place >= 0;
  });
}

const lines = (text: string) => text.replaceAll('\r\n', '\n');
