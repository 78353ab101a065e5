declare const __CANOPY_VERSION__: string | undefined;

/** The version of this build; the build puts it in. */
export const version: string = typeof __CANOPY_VERSION__ === 'string' ? __CANOPY_VERSION__ : '0.0.0-source';
