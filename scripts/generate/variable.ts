/** The Jenkins variable of a step: `canopyDeploy`. */
export const variableOf = (name: string): string =>
  `canopy${name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`;
