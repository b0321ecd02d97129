const express = require('express'), cors = require('cors');
const app = express();
app.use('/open', cors({ origin: true, credentials: true })); // expect: cors.any-origin-with-credentials
app.use('/own', cors({ origin: 'https://app.example.com', credentials: true })); // safe: cors.any-origin-with-credentials
app.listen(3000);
