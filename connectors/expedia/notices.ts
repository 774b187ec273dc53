import { ParityError } from '../../schemas/errors.ts';
import { searchable } from '../answers/attribution.ts';
import { shorten } from '../answers/http-outcome.ts';
import { childrenOf, type XmlElement } from '../notation/xml.ts';
import { type Meaning, meaningOf } from './codes.ts';

/** An `Error` or a `Warning` of any of the interfaces. */
export interface Notice {
  readonly number: number;
  readonly meaning: Meaning;
  /** Code and the platform's own words. */
  readonly text: string;
}

export function errorsOf(root: XmlElement | undefined): readonly Notice[] {
  return root ? noticesOf(root, 'Error') : [];
}

export function noticesOf(parent: XmlElement, name: 'Error' | 'Warning'): readonly Notice[] {
  return childrenOf(parent, name).map(({ attributes, text }) => {
    const number = Number(attributes.code);
    const words = searchable(`${attributes.code ?? '?'}: ${text}`);
    return { number, meaning: meaningOf(number), text: words };
  });
}

/** An error of a question as an error of ours. */
export function refusal({ meaning, text }: Notice): ParityError {
  return new ParityError(meaning.code, shorten(`${text} ${meaning.advice}.`));
}
