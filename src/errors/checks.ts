export const checkErrors = {};
