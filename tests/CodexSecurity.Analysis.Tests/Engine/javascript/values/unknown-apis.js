// Values of which nothing is known are joined to any value: what goes through them goes on, and what the program wrote stays.
const lib = require('some-library');
const data = source();
let made = lib.first(data);
if (lib.a) made = lib.second(data);
if (lib.b) made = lib.third(data);
if (lib.c) made = lib.fourth.part(data);
sink(made); // expect: toy.flow
sink(made.name); // expect: toy.flow
sink(made.map(item => item.text)[0]); // expect: toy.flow
let plain = lib.one();
if (lib.a) plain = lib.two();
if (lib.b) plain = lib.three();
if (lib.c) plain = { text: source() };
sink(plain.text); // expect: toy.flow
sink(plain.other); // safe: toy.flow
let tool = lib.alpha;
if (lib.a) tool = lib.beta;
if (lib.b) tool = lib.gamma;
if (lib.c) tool = lib.delta;
tool(data, result => sink(result)); // expect: toy.flow
