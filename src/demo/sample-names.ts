type Names = readonly [string, ...string[]];

/** Given and family names that go together. Whoever is made of them is invented. */
export const traditions: readonly [Tradition, ...Tradition[]] = [
  {
    given: ['Astrid', 'Björn', 'Freja', 'Henrik', 'Ingrid', 'Jørgen', 'Linnéa', 'Søren', 'Tuva', 'Åse'],
    family: ['Ahlström', 'Bergqvist', 'Dahl', 'Ekholm', 'Holmgård', 'Nygaard', 'Sandvik', 'Østergaard'],
  },
  {
    given: [
      'Alejandra',
      'Andrés',
      'Beatriz',
      'Emilia',
      'Íñigo',
      'Joaquín',
      'Lucía',
      'Mateo',
      'Rocío',
      'Tomás',
    ],
    family: ['Aguirre Solís', 'Castañeda', 'Figueroa', 'Ibáñez', 'Montalvo', 'Peñaloza', 'Quiroga', 'Zúñiga'],
  },
  {
    given: ['Aarav', 'Ananya', 'Devika', 'Farhan', 'Ishaan', 'Kavya', 'Meera', 'Nikhil', 'Priya', 'Rohan'],
    family: ['Bhattacharya', 'Chowdhury', 'Deshpande', 'Iyer', 'Kulkarni', 'Menon', 'Rathore', 'Siddiqui'],
  },
  {
    given: ['Abena', 'Adaeze', 'Chidi', 'Efua', 'Folarin', 'Kofi', 'Kwabena', 'Ngozi', 'Temitope', 'Yaa'],
    family: ['Acheampong', 'Adeyemi', 'Boateng', 'Danquah', 'Ezeudu', 'Mensah', 'Nwosu', 'Olatunji'],
  },
  {
    given: ['Amal', 'Bilal', 'Dalia', 'Hisham', 'Karim', 'Layla', 'Nadia', 'Omar', 'Salma', 'Tariq'],
    family: ['Abu Zaid', 'al-Masri', 'Barakat', 'Ghanem', 'Khalil', 'Nasser', 'Rahmani', 'Sabbagh'],
  },
  {
    given: ['Haruka', 'Jiho', 'Lan', 'Mei-Ling', 'Minh', 'Ren', 'Seo-yeon', 'Thảo', 'Wei', 'Yuto'],
    family: ['Fujimori', 'Hoàng', 'Kawaguchi', 'Lim', 'Nguyễn', 'Ouyang', 'Park', 'Zheng'],
  },
  {
    given: [
      'Agnieszka',
      'Bohdan',
      'Czesław',
      'Dorota',
      'Jiří',
      'Katarzyna',
      'Miloš',
      'Oksana',
      'Vesna',
      'Žofie',
    ],
    family: ['Černý', 'Jankowski', 'Kovačević', 'Łukasik', 'Novotná', 'Petrenko', 'Šimek', 'Wiśniewska'],
  },
  {
    given: ['Aoife', 'Bronwen', 'Cillian', 'Eleanor', 'Fergus', 'Gwen', 'Hamish', 'Niamh', 'Rhys', 'Saoirse'],
    family: [
      'Ashworth',
      'Carrick',
      'Llewellyn',
      'MacAllister',
      'O’Shaughnessy',
      'Penrose',
      'St Clair',
      'Whitlock',
    ],
  },
  {
    given: ['Ayşe', 'Can', 'Defne', 'Emre', 'Gülsüm', 'İpek', 'Kerem', 'Onur', 'Şule', 'Yiğit'],
    family: ['Akıncı', 'Çelebi', 'Demirci', 'Gündoğan', 'Kılıçoğlu', 'Özbek', 'Şahinler', 'Yıldırım'],
  },
  {
    given: ['Aroha', 'Hemi', 'Kalani', 'Leilani', 'Manaia', 'Mele', 'Sione', 'Talia', 'Tevita', 'Wiremu'],
    family: ['Faleolo', 'Kahananui', 'Ngata', 'Parata', 'Taufahema', 'Te Kanawa', 'Tuilagi', 'Waititi'],
  },
];

export type Tradition = Readonly<{ given: Names; family: Names }>;

/** Chapters of an invented school. */
export const centers: Names = [
  'Alder Hill',
  'Cedar Bay',
  'Harbour Street',
  'Lindenhof',
  'Marigold Lane',
  'Northlight',
  'Riverside East',
  'Saltmarsh',
];
