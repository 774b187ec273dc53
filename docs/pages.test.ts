import { expect, it } from 'vitest';
import { stalePages } from './pages.ts';

it('the committed pages are what the declarations render', async () => {
  expect(await stalePages()).toEqual([]);
});
