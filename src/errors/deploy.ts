export const deployErrors = {};
