export const items = [
  { id: 'rye', name: 'Rye loaf', cents: 420 },
  { id: 'baguette', name: 'Baguette', cents: 180 },
  { id: 'brioche', name: 'Brioche', cents: 260 },
];

export const priceOf = (id) => items.find((item) => item.id === id)?.cents ?? null;
