/** A command as canopy.yml has it: one line or several, run by `sh -e`. */
export type Lines = readonly string[];
