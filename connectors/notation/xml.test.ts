import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  child,
  childrenOf,
  descendants,
  parseXml,
  path,
  writeElement,
  type XmlElement,
  xml,
} from './xml.ts';

const read = (text: string): XmlElement => parseXml(text, 'CHANNEL_RESPONSE_MALFORMED');

describe('parseXml', () => {
  it('reads elements, attributes, text, CDATA and references, and drops prefixes, comments and instructions', () => {
    const root = read(
      `\uFEFF<?xml version="1.0"?><!-- RUID: [x] --><o:a xmlns:o="u" o:k='1 &amp; 2'>x&#65;&#x42;<![CDATA[<&]]><b/><c> y </c>\n</o:a >`,
    );
    expect(root).toEqual({
      name: 'a',
      attributes: { k: '1 & 2' },
      text: 'xAB<&',
      children: [
        { name: 'b', attributes: {}, children: [], text: '' },
        { name: 'c', attributes: {}, children: [], text: 'y' },
      ],
    });
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a bare ampersand', '<a>R&B</a>'],
    ['a forbidden character reference', '<a>&#0;</a>'],
    ['a surrogate', '<a>&#xD800;</a>'],
    ['an open element', '<a><b></a>'],
    ['a foreign end tag', '<a></b>'],
    ['a prefix that changes', '<x:a></y:a>'],
    ['a cut document', '<a><b k="1'],
    ['a cut comment', '<a><!-- </a>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['an unquoted attribute', '<a k=1/>'],
    ['a nameless element', '<a>< b/></a>'],
    ['65 levels', '<a>'.repeat(65) + '</a>'.repeat(65)],
  ])('refuses %s', (_what, text) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'CHANNEL_RESPONSE_MALFORMED' }),
    );
  });

  it('is not slowed down by hostile input', () => {
    const started = performance.now();
    for (const text of [
      `<a ${'x '.repeat(200_000)}`,
      `<a>${'&lt;'.repeat(200_000)}</a>`,
      '<'.repeat(500_000),
      `<a${' '.repeat(500_000)}`,
    ]) {
      try {
        read(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CHANNEL_RESPONSE_MALFORMED' });
      }
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('reads whatever the writer wrote', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .map((one) => one.replace(/[^\P{C}]/gu, '').trim());
    const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
      element: fc.record({
        name: fc.constantFrom('a', 'RoomStay', 'b-1'),
        attributes: fc.dictionary(fc.constantFrom('id', 'value', 'k.1'), text, {
          noNullPrototype: true,
        }),
        children: fc.oneof(
          { maxDepth: 3 },
          fc.constant<XmlElement[]>([]),
          fc.array(tie('element'), { maxLength: 3 }),
        ),
        text,
      }),
    }));
    fc.assert(
      fc.property(element, (one) => {
        expect(read(writeElement(one))).toEqual(one);
      }),
      { numRuns: 200 },
    );
  });

  it('escapes what could end an attribute or an element, and drops what XML forbids', () => {
    expect(xml('a', { k: `"'<&>`, none: undefined }, `</a>\u0000\uFFFE&`)).toBe(
      '<a k="&quot;&apos;&lt;&amp;&gt;">&lt;/a&gt;&amp;</a>',
    );
  });

  it('finds elements', () => {
    const root = read('<a><b n="1"><c>x</c></b><b n="2"><c>y</c></b></a>');
    expect(child(root, 'b')?.attributes.n).toBe('1');
    expect(childrenOf(root, 'b')).toHaveLength(2);
    expect(path(root, 'b/c')?.text).toBe('x');
    expect(path(root, 'b/d/e')).toBeUndefined();
    expect(descendants(root, 'c').map(({ text }) => text)).toEqual(['x', 'y']);
  });
});
