import { items } from './catalogue.js';

export const headline = 'Fresh bread every morning';

/** The one page of the shop. */
export function page({ release, instance, checkout }) {
  const rows = items
    .map((item) => `<li>${item.name} <b>${(item.cents / 100).toFixed(2)} €</b></li>`)
    .join('\n      ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>The shop</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <h1>${headline}</h1>
    <ul>
      ${rows}
    </ul>
    <p>${checkout ? '<button>Go to the new checkout</button>' : 'Order by telephone, please.'}</p>
    <footer>release ${escape(release)} · instance ${escape(instance)} · flag checkout ${checkout ? 'on' : 'off'}</footer>
  </body>
</html>
`;
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
