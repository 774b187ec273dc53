import type { Work } from '../gateway.ts';
import { type SimResponse, xmlAnswer } from '../http.ts';
import { childrenOf, escapeXml, readXml, tag, textOf, type XmlNode } from '../xml.ts';
import { parseInstant } from './instant.ts';
import { isOff } from './ota.ts';
import type { GoogleProperty, PackageContent, RoomContent } from './property.ts';
import { type GoogleRule, type GoogleSettings, MAX_ENTRIES, MAX_GUESTS } from './settings.ts';

export interface TransactionContext {
  readonly settings: GoogleSettings;
  readonly now: number;
  readonly property: (id: string) => GoogleProperty | undefined;
  readonly violate: (rule: GoogleRule, detail: string) => void;
}

interface Issue {
  readonly rule: GoogleRule;
  readonly code: number;
  readonly text: string;
}

interface PropertyDataSet {
  readonly property: GoogleProperty;
  readonly action: 'overlay' | 'delta';
  readonly rooms: readonly RoomContent[];
  readonly packages: readonly PackageContent[];
}

/** `Transaction > PropertyDataSet`: taken as a whole, or not at all. The status is 200 either way. */
export function answerTransaction(
  body: string,
  work: Work,
  context: TransactionContext,
): SimResponse {
  const document = readXml(body);
  const root = document?.element ?? {};
  const read = document ? readSets(document.root, root, context) : unreadable();
  if ('rule' in read) {
    context.violate(read.rule, read.text);
    const { code, text } = read;
    const issue = `<Issue code="${code}" status="error">${escapeXml(text)}</Issue>`;
    return reply(root, tag('Issues', {}, [issue]), context.now);
  }
  if (work.apply)
    for (const { property, action, rooms, packages } of read.sets)
      property.describe(rooms, packages, action);
  return reply(root, tag('Success'), context.now);
}

function unreadable(): Issue {
  return issue('malformed_xml', 'The XML cannot be read');
}

function readSets(
  rootName: string,
  root: XmlNode,
  context: TransactionContext,
): { readonly sets: readonly PropertyDataSet[] } | Issue {
  if (rootName !== 'Transaction') return issue('wrong_message', `'${rootName}' is not taken here`);
  if (!/^[\w-]+$/.test(textOf(root, '@id') ?? ''))
    return issue('echo_token_invalid', 'id: letters, digits, _ and - are allowed');
  const timestamp = parseInstant(textOf(root, '@timestamp'));
  if (timestamp === undefined || isOff(timestamp, context.now))
    return issue('timestamp_invalid', "Can't understand format on timestamp", 1001);
  const partner = textOf(root, '@partner') ?? '';
  if (!context.settings.partners.includes(partner))
    return issue('partner_unknown', 'The partner is not known');
  const elements = childrenOf(root, 'PropertyDataSet');
  if (elements.length === 0) return issue('sets_nothing', 'PropertyDataSet is missing');
  const sets: PropertyDataSet[] = [];
  for (const element of elements) {
    const set = readSet(element, partner, context);
    if ('rule' in set) return set;
    sets.push(set);
  }
  return { sets };
}

function readSet(
  element: XmlNode,
  partner: string,
  context: TransactionContext,
): PropertyDataSet | Issue {
  const id = textOf(element, 'Property') ?? '';
  const property = context.property(id);
  if (!property) return issue('property_unknown', `Property '${id}' is not in the hotel list`);
  if (property.partner !== partner)
    return issue('property_foreign', `Property '${id}' is another partner's`);
  const action = textOf(element, '@action') ?? 'overlay';
  if (action !== 'overlay' && action !== 'delta')
    return issue('property_data_invalid', `The action '${action}' is not known`);
  const rooms = childrenOf(element, 'RoomData').map((room) => ({
    id: textOf(room, 'RoomID') ?? '',
    guests: Number(textOf(room, 'Capacity') ?? Number.NaN),
    named: isNamed(room),
  }));
  const packages = childrenOf(element, 'PackageData').map((one) => ({
    id: textOf(one, 'PackageID') ?? '',
    guests: Number(textOf(one, 'Occupancy') ?? 2),
    named: isNamed(one),
  }));
  if (rooms.length > MAX_ENTRIES || packages.length > MAX_ENTRIES)
    return issue('too_many_entries', `More than ${MAX_ENTRIES} rooms or packages`);
  if (property.kind === 'rental' && rooms.some((room) => room.id !== id))
    return issue('room_is_not_property', 'The RoomID of a vacation rental must be its property id');
  const all = [...rooms, ...packages];
  if (all.length === 0) return issue('sets_nothing', 'There is no RoomData and no PackageData');
  if (all.some(({ id: own, named }) => own === '' || !named))
    return issue('property_data_invalid', 'A room or package has no id or no name');
  if (all.some(({ guests }) => !Number.isInteger(guests) || guests < 1 || guests > MAX_GUESTS))
    return issue('guests_invalid', 'Capacity or Occupancy is over the maximum limit', 1012);
  return { property, action, rooms, packages };
}

function isNamed(element: XmlNode): boolean {
  const texts = childrenOf(element, 'Name').flatMap((one) => childrenOf(one, 'Text'));
  return (
    texts.length > 0 &&
    texts.every((one) => textOf(one, '@text') && /^[a-z]{2}/.test(textOf(one, '@language') ?? ''))
  );
}

/** @param code a number of the feed status list where it has one, else one of the simulator's own */
function issue(rule: GoogleRule, text: string, code = 9_000): Issue {
  return { rule, code, text };
}

function reply(root: XmlNode, content: string, now: number): SimResponse {
  return xmlAnswer(
    200,
    tag(
      'TransactionResponse',
      {
        timestamp: new Date(now).toISOString(),
        id: textOf(root, '@id'),
        partner: textOf(root, '@partner'),
      },
      [content],
    ),
  );
}
