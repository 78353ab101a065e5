/** How well an instance is, as routers and balancers say it. Pure. */
/** The worst last. */
export const healths = ['healthy', 'unknown', 'unhealthy'] as const;
export type Health = (typeof healths)[number];

/** Of several who say how well an instance is the worst counts; null: nobody says it. */
export const worstHealth = (said: readonly Health[]): Health | null =>
  healths.findLast((one) => said.includes(one)) ?? null;
