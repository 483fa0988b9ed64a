/** The environment of all tests, plus DATABASE_URL and DATA_DIR. Empty variables count as missing. */
export const testEnvironment = {
  NODE_ENV: 'test',
  BASE_URL: 'http://localhost:3000',
  PORT: '0',
  LOG_LEVEL: 'silent',
  SESSION_SECRETS: '5f1d7c0a93e86b24d15a0c7f3e92b8461d70af5c2e38946b9fd1057ac3e2864b',
  LINK_KEYS: '0b57e1c94a8d3f62b7109ce5d84f2a6371ec05bd96483af2c15d7e80b93642af',
  SMTP_URL: '',
  MAIL_FROM: '',
  TRUST_PROXY: '0',
  METRICS_TOKEN: '',
  WEBHOOKS_ALLOW_PRIVATE: '',
};
