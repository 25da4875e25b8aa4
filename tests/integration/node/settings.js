// Where the server is, from the environment that the test gives.
const fs = require('fs');

exports.host = process.env.KW_HOST;
exports.port = Number(process.env.KW_PORT);
exports.tls = process.env.KW_CA && {
  ca: fs.readFileSync(process.env.KW_CA),
  cert: process.env.KW_CERT && fs.readFileSync(process.env.KW_CERT),
  key: process.env.KW_KEY && fs.readFileSync(process.env.KW_KEY),
  checkServerIdentity: () => undefined,
};
