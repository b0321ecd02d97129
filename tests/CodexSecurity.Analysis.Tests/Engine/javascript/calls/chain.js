function middle(x) { return outer(x + '!'); }
function outer(y) { sink(y); } // expect: toy.flow
middle(source());
sink(clean(source())); // safe: toy.flow
const box = { v: source() };
sink(box.v); // expect: toy.flow
sink(box.w); // safe: toy.flow
