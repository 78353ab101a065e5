import { pageWidth } from '../shared/text/fit.ts';

/** How many characters a line may have there. */
export const widthOf = ({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number =>
  isTTY === true && columns > 0 ? Math.max(40, columns) : pageWidth;
