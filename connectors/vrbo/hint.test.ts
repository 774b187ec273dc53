import { expect, it } from 'vitest';
import { vrboAuthenticator } from './auth.ts';
import { vrboDocuments } from './documents.ts';

it('a hint names the account and the kinds of documents that changed, and goes to the host of hints', () => {
  expect(vrboDocuments.hint?.('adv-7 & son', ['availability', 'rates'])).toEqual({
    endpoint: 'push_hint',
    method: 'POST',
    host: 'hint',
    path: '/contentChanged',
    headers: { 'content-type': 'application/xml; charset=utf-8' },
    body: '<?xml version="1.0" encoding="UTF-8"?>\n<contentChangeNotification><documentVersion>4.2.1</documentVersion><advertiser><assignedId>adv-7 &amp; son</assignedId><contentType>availability</contentType><contentType>rates</contentType></advertiser></contentChangeNotification>',
  });
  expect(vrboDocuments.hint?.('adv-7', [])).toBeNull();
});

it('carries the login that the crawler uses at our addresses', () => {
  const secrets = { clientId: 'crawler', clientSecret: 'secret', refreshToken: null };
  expect(vrboAuthenticator.authorise(secrets).headers).toEqual({
    authorization: `Basic ${Buffer.from('crawler:secret').toString('base64')}`,
  });
});
