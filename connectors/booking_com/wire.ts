/** Version 1.0 is answered with 400. */
export const XML_HEADERS: Readonly<Record<string, string>> = {
  accept: 'application/xml',
  'accept-version': '1.1',
  'content-type': 'application/xml; charset=utf-8',
};

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
