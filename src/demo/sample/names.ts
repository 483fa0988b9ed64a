type Names = readonly [string, ...string[]];

/** Given and family names that go together. Whoever is made of them is invented. */
export type Tradition = Readonly<{ given: Names; family: Names }>;

export const traditions: readonly [Tradition, ...Tradition[]] = [
  named(
    'Astrid, Björn, Freja, Henrik, Ingrid, Jørgen, Linnéa, Søren, Tuva, Åse',
    'Ahlström, Bergqvist, Dahl, Ekholm, Holmgård, Nygaard, Sandvik, Østergaard',
  ),
  named(
    'Alejandra, Andrés, Beatriz, Emilia, Íñigo, Joaquín, Lucía, Mateo, Rocío, Tomás',
    'Aguirre Solís, Castañeda, Figueroa, Ibáñez, Montalvo, Peñaloza, Quiroga, Zúñiga',
  ),
  named(
    'Aarav, Ananya, Devika, Farhan, Ishaan, Kavya, Meera, Nikhil, Priya, Rohan',
    'Bhattacharya, Chowdhury, Deshpande, Iyer, Kulkarni, Menon, Rathore, Siddiqui',
  ),
  named(
    'Abena, Adaeze, Chidi, Efua, Folarin, Kofi, Kwabena, Ngozi, Temitope, Yaa',
    'Acheampong, Adeyemi, Boateng, Danquah, Ezeudu, Mensah, Nwosu, Olatunji',
  ),
  named(
    'Amal, Bilal, Dalia, Hisham, Karim, Layla, Nadia, Omar, Salma, Tariq',
    'Abu Zaid, al-Masri, Barakat, Ghanem, Khalil, Nasser, Rahmani, Sabbagh',
  ),
  named(
    'Haruka, Jiho, Lan, Mei-Ling, Minh, Ren, Seo-yeon, Thảo, Wei, Yuto',
    'Fujimori, Hoàng, Kawaguchi, Lim, Nguyễn, Ouyang, Park, Zheng',
  ),
  named(
    'Agnieszka, Bohdan, Czesław, Dorota, Jiří, Katarzyna, Miloš, Oksana, Vesna, Žofie',
    'Černý, Jankowski, Kovačević, Łukasik, Novotná, Petrenko, Šimek, Wiśniewska',
  ),
  named(
    'Aoife, Bronwen, Cillian, Eleanor, Fergus, Gwen, Hamish, Niamh, Rhys, Saoirse',
    'Ashworth, Carrick, Llewellyn, MacAllister, O’Shaughnessy, Penrose, St Clair, Whitlock',
  ),
  named(
    'Ayşe, Can, Defne, Emre, Gülsüm, İpek, Kerem, Onur, Şule, Yiğit',
    'Akıncı, Çelebi, Demirci, Gündoğan, Kılıçoğlu, Özbek, Şahinler, Yıldırım',
  ),
  named(
    'Aroha, Hemi, Kalani, Leilani, Manaia, Mele, Sione, Talia, Tevita, Wiremu',
    'Faleolo, Kahananui, Ngata, Parata, Taufahema, Te Kanawa, Tuilagi, Waititi',
  ),
];

/** Chapters of an invented school. */
export const centers: Names = listed(
  'Alder Hill, Cedar Bay, Harbour Street, Lindenhof, Marigold Lane, Northlight, Riverside East, Saltmarsh',
);

function named(given: string, family: string): Tradition {
  return { given: listed(given), family: listed(family) };
}

function listed(names: string): Names {
  return names.split(', ') as [string, ...string[]];
}
