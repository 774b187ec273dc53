/** Newest version that names the fields we use; blocked dates need a `busy_subtype` since 2024.06.30. */
const API_VERSION = '2025.06.30';

export const API_HEADERS: Readonly<Record<string, string>> = {
  accept: 'application/json',
  'x-airbnb-req-api-version': API_VERSION,
};
